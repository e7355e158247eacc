//! Text to syntax: the only module that knows the `cel` crate, of which it uses the parser alone.
//!
//! The crate's interpreter has no type check, no bound on cost and no money, and macros that it expands lose
//! their place in the text. So this tree is checked, bounded and evaluated by the modules beside it.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use rust_decimal::Decimal;

use super::bounds::{MAX_DEPTH, MAX_LENGTH, MAX_NODES};
use super::problem::{Problem, Span};

/// A node and the place to point at when it is wrong: a name, an operator, a literal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) syntax: Syntax,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Syntax {
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(String),
    Name(String),
    Select(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    Call { target: Option<Box<Node>>, name: String, arguments: Vec<Node> },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
}

/// Operators between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    And,
    Or,
    Equal,
    Differ,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    In,
}

impl Operator {
    /// As written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "==",
            Self::Differ => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::In => "in",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            operators::LOGICAL_AND => Self::And,
            operators::LOGICAL_OR => Self::Or,
            operators::EQUALS => Self::Equal,
            operators::NOT_EQUALS => Self::Differ,
            operators::LESS => Self::Less,
            operators::LESS_EQUALS => Self::LessOrEqual,
            operators::GREATER => Self::Greater,
            operators::GREATER_EQUALS => Self::GreaterOrEqual,
            operators::ADD => Self::Add,
            operators::SUBSTRACT => Self::Subtract,
            operators::MULTIPLY => Self::Multiply,
            operators::DIVIDE => Self::Divide,
            operators::MODULO => Self::Remainder,
            operators::IN => Self::In,
            _ => return None,
        })
    }
}

/// Parses an expression within the bounds of length and size.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<Problem>> {
    if text.len() > MAX_LENGTH {
        let message =
            format!("the expression has {} characters, at most {MAX_LENGTH} are allowed", text.len());
        let whole = Span::new(0, 1);
        return Err(vec![
            Problem::new("policy-too-costly", whole, message).hint("split it into several rules"),
        ]);
    }
    if let Some(place) = too_deep(text) {
        let message = format!("the expression is nested more than {MAX_DEPTH} deep");
        return Err(vec![
            Problem::new("policy-too-costly", place, message).hint("split it into several rules"),
        ]);
    }
    // An environment without macros leaves `exists` and the like as the calls they were written as.
    let program = cel::Env::default().compile(text).map_err(|found| {
        let mut problems: Vec<Problem> = found
            .errors
            .iter()
            .map(|error| {
                let span = Span::new(offset(text, error.pos), 1);
                Problem::new("policy-syntax", span, readable(&error.msg))
                    .hint("expressions are CEL, such as `after.budget.daily > money('500 EUR')`")
            })
            .collect();
        problems.dedup();
        problems.truncate(1);
        problems
    })?;
    let mut reader = Reader { text, places: program.source_info(), nodes: 0 };
    let node = reader.node(program.expression()).map_err(|problem| vec![problem])?;
    if reader.nodes > MAX_NODES {
        let message = format!("the expression has {} parts, at most {MAX_NODES} are allowed", reader.nodes);
        return Err(vec![
            Problem::new("policy-too-costly", node.span, message).hint("split it into several rules"),
        ]);
    }
    Ok(node)
}

/// Where brackets, or conditions with `?`, are nested deeper than the parser's stack should follow.
fn too_deep(text: &str) -> Option<Span> {
    let (mut depth, mut conditions) = (0_usize, 0_usize);
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                '?' => conditions += 1,
                _ => {}
            },
        }
        if depth + conditions > MAX_DEPTH {
            return Some(Span::new(index, 1));
        }
    }
    None
}

/// Byte offset of a line and a column, both from 1.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text[start..].split('\n').next().unwrap_or_default();
    let inside: usize = rest.chars().take(column - 1).map(char::len_utf8).sum();
    start + inside
}

/// The parser's words in ours; its lists of everything it could have taken help nobody.
fn readable(message: &str) -> String {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let message = message.split(" expecting ").next().unwrap_or(message);
    let plain = message
        .replace("mismatched input '<EOF>'", "the expression ends too early")
        .replace("extraneous input", "unexpected")
        .replace("mismatched input", "unexpected")
        .replace("token recognition error at:", "not understood:");
    format!("this is not an expression: {plain}")
}

struct Reader<'a> {
    text: &'a str,
    places: &'a SourceInfo,
    nodes: usize,
}

impl Reader<'_> {
    fn token(&self, id: u64) -> Span {
        let (start, stop) = self.places.offset_for(id).unwrap_or_default();
        let (start, stop) = (start as usize, stop as usize);
        Span::new(start.min(self.text.len()), (stop + 1).saturating_sub(start))
    }

    fn node(&mut self, from: &IdedExpr) -> Result<Node, Problem> {
        self.nodes += 1;
        let token = self.token(from.id);
        let node = |syntax| Node { span: token, syntax };
        Ok(match &from.expr {
            Expr::Literal(literal) => node(self.literal(literal, token)?),
            Expr::Ident(name) => node(Syntax::Name(name.clone())),
            Expr::Select(select) => {
                let operand = Box::new(self.node(&select.operand)?);
                // The token is the dot; the name behind it is what is wrong when something is.
                let behind = self.text.get(token.start..).and_then(|rest| rest.find(&*select.field));
                let span = Span::new(token.start + behind.unwrap_or(0), select.field.len());
                Node { span, syntax: Syntax::Select(operand, select.field.clone()) }
            }
            Expr::List(list) => {
                let members =
                    list.elements.iter().map(|member| self.node(member)).collect::<Result<_, _>>()?;
                node(Syntax::List(members))
            }
            Expr::Map(map) => {
                let mut entries = Vec::new();
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        entries.push((self.node(&entry.key)?, self.node(&entry.value)?));
                    }
                }
                node(Syntax::Map(entries))
            }
            Expr::Call(call) => self.call(call, token)?,
            Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => {
                return Err(Problem::new("policy-syntax", token, "messages are not part of policies")
                    .hint("write a value, a field or a comparison"));
            }
        })
    }

    fn literal(&self, literal: &LiteralValue, token: Span) -> Result<Syntax, Problem> {
        Ok(match literal {
            LiteralValue::Boolean(flag) => Syntax::Bool(*flag.inner()),
            LiteralValue::Int(number) => Syntax::Int(*number.inner()),
            LiteralValue::String(text) => Syntax::Text(text.inner().to_owned()),
            // Read from the text, so that no float ever stands between what is written and what counts.
            LiteralValue::Double(_) => {
                let written = self.text.get(token.start..token.start + token.length).unwrap_or_default();
                let number =
                    written.parse().or_else(|_| Decimal::from_scientific(written)).map_err(|_| {
                        Problem::new("policy-literal", token, format!("`{written}` is not a decimal number"))
                            .hint("write plain digits, such as `1.5`")
                    })?;
                Syntax::Decimal(number)
            }
            LiteralValue::Null => {
                return Err(Problem::new("policy-syntax", token, "nothing is ever null here")
                    .hint("ask with `has(after.budget.daily)` whether a field is there"));
            }
            LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                return Err(Problem::new(
                    "policy-syntax",
                    token,
                    "this kind of literal is not part of expressions here",
                )
                .hint("write a number or a text"));
            }
        })
    }

    fn call(&mut self, call: &cel::common::ast::CallExpr, token: Span) -> Result<Node, Problem> {
        let name = call.func_name.as_str();
        let target = call.target.as_deref().map(|target| self.node(target)).transpose()?;
        let mut arguments: Vec<Node> =
            call.args.iter().map(|argument| self.node(argument)).collect::<Result<_, _>>()?;
        let node = |syntax| Ok(Node { span: token, syntax });
        let mut take = || Box::new(arguments.remove(0));
        if let Some(operator) = Operator::named(name) {
            let left = take();
            return node(Syntax::Binary(operator, left, take()));
        }
        match name {
            operators::LOGICAL_NOT => return node(Syntax::Not(take())),
            operators::NEGATE => return node(Syntax::Negate(take())),
            operators::INDEX => {
                let of = take();
                return node(Syntax::Index(of, take()));
            }
            operators::CONDITIONAL => {
                let (condition, then) = (take(), take());
                return node(Syntax::If(condition, then, take()));
            }
            operators::OPT_INDEX | operators::OPT_SELECT => {
                return Err(Problem::new("policy-syntax", token, "`?` is not part of expressions here")
                    .hint("ask with `has(..)` whether a field is there"));
            }
            _ => {}
        }
        // The token is the opening bracket of a method, and the name of a function may stand before it too.
        let before = self.text.get(..token.start).unwrap_or_default().trim_end();
        let start = if before.ends_with(name) { before.len() - name.len() } else { token.start };
        let span = Span::new(start, name.len());
        Ok(Node {
            span,
            syntax: Syntax::Call { target: target.map(Box::new), name: name.to_owned(), arguments },
        })
    }
}
