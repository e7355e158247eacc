//! Reads `multipart/form-data` bodies of uploads (RFC 7578), whole in memory.

use bytes::Bytes;

/// One uploaded file.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// Name of the form field.
    pub(crate) field: String,
    /// File name the client gave.
    pub(crate) file_name: String,
    /// The bytes.
    pub(crate) bytes: Bytes,
}

/// A parsed form.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// Text fields in the order sent.
    pub(crate) texts: Vec<(String, String)>,
    /// Files in the order sent.
    pub(crate) files: Vec<Upload>,
}

/// Parses a form; what is wrong with it otherwise.
pub(crate) fn parse(content_type: &str, body: &Bytes) -> Result<Form, &'static str> {
    let boundary = parameter(content_type, "boundary").ok_or("The multipart request has no boundary.")?;
    let opening = format!("--{boundary}");
    let delimiter = format!("\r\n--{boundary}");
    let mut form = Form::default();
    let Some(start) = find(body, opening.as_bytes(), 0) else {
        return Err("The multipart body holds no part.");
    };
    let mut at = start + opening.len();
    while body.get(at..at + 2) == Some(b"\r\n") {
        let head_end = find(body, b"\r\n\r\n", at).ok_or(MALFORMED)?;
        let end = find(body, delimiter.as_bytes(), head_end + 2).ok_or(MALFORMED)?;
        let head = String::from_utf8_lossy(&body[at + 2..head_end]).into_owned();
        let content = if head_end + 4 <= end { body.slice(head_end + 4..end) } else { Bytes::new() };
        add_part(&mut form, &head, content)?;
        at = end + delimiter.len();
    }
    Ok(form)
}

fn add_part(form: &mut Form, head: &str, content: Bytes) -> Result<(), &'static str> {
    let disposition = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))
        .ok_or(MALFORMED)?;
    let field = parameter(disposition, "name").ok_or(MALFORMED)?;
    match parameter(disposition, "filename") {
        Some(file_name) => form.files.push(Upload { field, file_name, bytes: content }),
        None => form.texts.push((field, String::from_utf8_lossy(&content).into_owned())),
    }
    Ok(())
}

/// A parameter of a header value, quoted or not.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    while let Some(offset) = haystack.get(at..)?.iter().position(|byte| *byte == first) {
        at += offset;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

const MALFORMED: &str = "The multipart body is malformed.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_text_and_a_file() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"advertiser_id\"\r\n\r\n7\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"image_file\"; filename=\"a.png\"\r\n\
                    Content-Type: image/png\r\n\r\n\r\n--not the end\r\n\r\n--X--\r\n";
        let form =
            parse("multipart/form-data; boundary=X", &Bytes::from_static(body.as_bytes())).expect("form");
        assert_eq!(form.texts, [("advertiser_id".to_owned(), "7".to_owned())]);
        assert_eq!(form.files[0].file_name, "a.png");
        assert_eq!(&form.files[0].bytes[..], b"\r\n--not the end\r\n");
    }

    #[test]
    fn a_body_without_an_end_is_refused() {
        let body = Bytes::from_static(b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n7");
        assert!(parse("multipart/form-data; boundary=X", &body).is_err());
        assert!(parse("multipart/form-data", &body).is_err());
    }
}
