//! The interpreter that has the vendors' clients.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the interpreter.
const VARIABLE: &str = "ADPLANE_WITNESS_PYTHON";

/// Why a test cannot run here.
pub(crate) struct Missing(pub(crate) String);

/// An interpreter with a package.
pub(crate) struct Python {
    path: PathBuf,
}

/// What a program gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Run {
    /// The steps that failed.
    pub(crate) fn failed(&self) -> Vec<&str> {
        self.text.lines().filter(|line| line.starts_with("FAILED ")).collect()
    }
}

/// The interpreter asked for, else the one of the environment that `.ci/run` makes in the target folder.
fn interpreter() -> PathBuf {
    if let Some(path) = std::env::var_os(VARIABLE) {
        return path.into();
    }
    let me = std::env::current_exe().unwrap_or_default();
    let target = me.ancestors().nth(3).unwrap_or(Path::new("target"));
    target.join("witnesses/bin/python")
}

impl Python {
    /// The interpreter, if the package is there.
    pub(crate) fn with(package: &str) -> Result<Self, Missing> {
        let path = interpreter();
        let ask = format!("from importlib.metadata import version; version('{package}')");
        match Command::new(&path).args(["-c", &ask]).output() {
            Ok(output) if output.status.success() => Ok(Self { path }),
            Ok(_) => Err(Missing(format!("{} lacks {package}", path.display()))),
            Err(_) => Err(Missing(format!("no {}; {VARIABLE} names another", path.display()))),
        }
    }

    /// Runs a witness; its last line is shown, all of it when a step failed.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> Result<String, String> {
        let run = self.output(program, arguments)?;
        if run.code != 0 {
            return Err(format!("{program} exits with {}\n{}", run.code, run.text));
        }
        let last = run.text.lines().last().unwrap_or_default().to_owned();
        #[expect(clippy::print_stdout, reason = "the count of a witness is its result")]
        {
            println!("{program}: {last}");
        }
        Ok(last)
    }

    /// Runs a witness, whatever it says.
    pub(crate) fn output<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> Result<Run, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("witnesses");
        let output = Command::new(&self.path)
            .args(["-B", "-W", "ignore"])
            .arg(folder.join(program))
            .args(arguments)
            .output()
            .map_err(|error| error.to_string())?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            text = format!("{}{text}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(Run { code: output.status.code().unwrap_or(-1), text })
    }
}
