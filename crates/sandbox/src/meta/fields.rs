//! The `fields=` language: names, modifiers, sub-fields, aliases (meta-ads.md §1.3).

use super::errors::GraphError;

/// One field asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Field {
    /// The name.
    pub(super) name: String,
    /// The key in the answer.
    pub(super) alias: String,
    /// Modifiers in the order given, such as `limit` with `5`.
    pub(super) modifiers: Vec<(String, String)>,
    /// Fields inside braces.
    pub(super) sub: Option<Vec<Field>>,
}

impl Field {
    /// A field without modifiers.
    pub(super) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), alias: name.to_owned(), modifiers: Vec::new(), sub: None }
    }
}

/// Reads a list of fields.
pub(super) fn parse(text: &str) -> Result<Vec<Field>, GraphError> {
    let mut parser = Parser { text, at: 0 };
    let fields = parser.list()?;
    if parser.at < text.len() { Err(parser.syntax_error()) } else { Ok(fields) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn list(&mut self) -> Result<Vec<Field>, GraphError> {
        let mut fields = Vec::new();
        loop {
            self.skip_space();
            if matches!(self.peek(), None | Some('}')) {
                return Ok(fields);
            }
            fields.push(self.field()?);
            self.skip_space();
            if self.peek() == Some(',') {
                self.at += 1;
            } else {
                return Ok(fields);
            }
        }
    }

    fn field(&mut self) -> Result<Field, GraphError> {
        let mut field = Field::plain(&self.word()?);
        loop {
            match self.peek() {
                Some('.') => {
                    self.at += 1;
                    let name = self.word()?;
                    let value = self.argument()?;
                    if name == "as" {
                        field.alias = value;
                    } else {
                        field.modifiers.push((name, value));
                    }
                }
                Some('{') => {
                    self.at += 1;
                    field.sub = Some(self.list()?);
                    if self.peek() != Some('}') {
                        return Err(self.syntax_error());
                    }
                    self.at += 1;
                }
                _ => return Ok(field),
            }
        }
    }

    /// The text between parentheses, which may hold balanced ones and JSON.
    fn argument(&mut self) -> Result<String, GraphError> {
        if self.peek() != Some('(') {
            return Err(self.syntax_error());
        }
        let start = self.at + 1;
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        for (offset, letter) in self.text[self.at..].char_indices() {
            match letter {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let end = self.at + offset;
                self.at = end + 1;
                return Ok(self.text[start..end].to_owned());
            }
        }
        Err(self.syntax_error())
    }

    fn word(&mut self) -> Result<String, GraphError> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        if end == 0 {
            return Err(self.syntax_error());
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn syntax_error(&self) -> GraphError {
        let rest = &self.text[self.at..];
        let near: String = rest.chars().take(20).collect();
        GraphError::new(2500, format!("Syntax error at character {}: near \"{near}\"", self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_sub_fields_and_aliases() {
        let fields = parse(
            r#"id,adsets.limit(5).filtering([{"field":"name","value":"a)"}]){id,ads{id}}, insights.as(week)"#,
        )
        .unwrap();
        assert_eq!(fields.len(), 3);
        assert_eq!(fields[1].modifiers[0], ("limit".into(), "5".into()));
        assert_eq!(fields[1].modifiers[1].1, r#"[{"field":"name","value":"a)"}]"#);
        assert_eq!(fields[1].sub.as_ref().unwrap()[1].sub, Some(vec![Field::plain("id")]));
        assert_eq!((fields[2].name.as_str(), fields[2].alias.as_str()), ("insights", "week"));
    }

    #[test]
    fn broken_lists_are_syntax_errors() {
        for text in ["id,{", "adsets{id", "adsets.limit", "a.limit(5", "id}"] {
            assert_eq!(parse(text).unwrap_err().code, 2500, "{text}");
        }
    }
}
