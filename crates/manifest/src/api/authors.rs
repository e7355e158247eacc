//! Names of users in the annotation `adplane.io/authors`, as the cluster writes them down: separated by commas, a comma
//! in a name as `%2C`, a percent sign as `%25`. Read without that, one user could pass for two others.

/// The users in the annotation, each as the API server names them.
pub fn read(annotation: &str) -> Vec<String> {
    let names = annotation.split(',').filter(|name| !name.is_empty());
    names.map(|name| name.replace("%2C", ",").replace("%25", "%")).collect()
}

/// The annotation that names these users.
pub fn write<'a>(users: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> =
        users.into_iter().map(|user| user.replace('%', "%25").replace(',', "%2C")).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_it_was_written() {
        for users in
            [&["ana", "bo"] as &[&str], &["O=Shop,CN=100%"], &["a%2Cb", "a,b", "%25", "%252C", ","], &[]]
        {
            assert_eq!(read(&write(users.iter().copied())), users, "{users:?}");
        }
        assert_eq!(write(["O=Shop,CN=100%", "ana"]), "O=Shop%2CCN=100%25,ana");
        assert_eq!(read(",ana,"), ["ana"]);
    }
}
