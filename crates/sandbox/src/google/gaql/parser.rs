//! Parses tokens into a query: `SELECT … FROM … [WHERE …] [ORDER BY …] [LIMIT …] [PARAMETERS …]`.

use super::lexer::{Token, tokens};
use super::query_error;
use crate::google::errors::ApiError;

/// A query as written, field names unresolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) select: Vec<String>,
    pub(super) from: String,
    pub(super) conditions: Vec<Condition>,
    pub(super) order: Vec<Ordering>,
    pub(super) limit: Option<usize>,
    pub(super) parameters: Vec<(String, String)>,
}

/// One field to order by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ordering {
    pub(super) field: String,
    pub(super) descending: bool,
}

/// One condition; all of them must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) field: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<Literal>,
}

/// A value in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Number(String),
    Word(String),
}

impl Literal {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Word(text) => text,
        }
    }
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    In,
    NotIn,
    Like,
    NotLike,
    ContainsAny,
    ContainsAll,
    ContainsNone,
    IsNull,
    IsNotNull,
    During,
    Between,
}

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Query, ApiError> {
    let mut parser = Parser { tokens: tokens(text)?, position: 0 };
    let query = parser.query()?;
    match parser.peek() {
        None => Ok(query),
        Some(token) => Err(unexpected(token)),
    }
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
}

impl Parser {
    fn query(&mut self) -> Result<Query, ApiError> {
        if !self.keyword("SELECT") {
            return Err(query_error("EXPECTED_SELECT", "Expected SELECT at the start of the query."));
        }
        let select = self.fields()?;
        if !self.keyword("FROM") {
            return Err(query_error("EXPECTED_FROM", "Expected FROM after the fields."));
        }
        let from = self.word()?;
        let conditions = if self.keyword("WHERE") { self.conditions()? } else { Vec::new() };
        let order = if self.keyword("ORDER") { self.order()? } else { Vec::new() };
        let limit = if self.keyword("LIMIT") { Some(self.limit()?) } else { None };
        let parameters = if self.keyword("PARAMETERS") { self.parameters()? } else { Vec::new() };
        Ok(Query { select, from, conditions, order, limit, parameters })
    }

    fn fields(&mut self) -> Result<Vec<String>, ApiError> {
        let mut fields = vec![self.word()?];
        while self.symbol(",") {
            fields.push(self.word()?);
        }
        Ok(fields)
    }

    fn conditions(&mut self) -> Result<Vec<Condition>, ApiError> {
        let mut conditions = vec![self.condition()?];
        while self.keyword("AND") {
            conditions.push(self.condition()?);
        }
        Ok(conditions)
    }

    fn condition(&mut self) -> Result<Condition, ApiError> {
        let field = self.word()?;
        let operator = self.operator()?;
        let values = match operator {
            Operator::IsNull | Operator::IsNotNull => Vec::new(),
            Operator::In
            | Operator::NotIn
            | Operator::ContainsAny
            | Operator::ContainsAll
            | Operator::ContainsNone => self.list()?,
            Operator::Between => {
                let low = self.literal()?;
                if !self.keyword("AND") {
                    return Err(query_error(
                        "EXPECTED_AND",
                        "Expected AND between the two values of BETWEEN.",
                    ));
                }
                vec![low, self.literal()?]
            }
            _ => vec![self.literal()?],
        };
        Ok(Condition { field, operator, values })
    }

    fn operator(&mut self) -> Result<Operator, ApiError> {
        for (symbol, operator) in [
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            (">=", Operator::GreaterOrEqual),
            (">", Operator::Greater),
            ("<=", Operator::LessOrEqual),
            ("<", Operator::Less),
        ] {
            if self.symbol(symbol) {
                return Ok(operator);
            }
        }
        for (words, operator) in [
            (["IN", ""], Operator::In),
            (["NOT", "IN"], Operator::NotIn),
            (["LIKE", ""], Operator::Like),
            (["NOT", "LIKE"], Operator::NotLike),
            (["CONTAINS", "ANY"], Operator::ContainsAny),
            (["CONTAINS", "ALL"], Operator::ContainsAll),
            (["CONTAINS", "NONE"], Operator::ContainsNone),
            (["DURING", ""], Operator::During),
            (["BETWEEN", ""], Operator::Between),
        ] {
            if self.keywords(words) {
                return Ok(operator);
            }
        }
        if self.keyword("IS") {
            let negated = self.keyword("NOT");
            if self.keyword("NULL") {
                return Ok(if negated { Operator::IsNotNull } else { Operator::IsNull });
            }
        }
        match self.peek() {
            Some(token) => Err(query_error("BAD_OPERATOR", format!("Unknown operator at '{token}'."))),
            None => Err(ended()),
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>, ApiError> {
        if !self.symbol("(") {
            return Err(query_error("EXPECTED_LIST", "Expected a list of values in parentheses."));
        }
        if self.symbol(")") {
            return Err(query_error("PROHIBITED_EMPTY_LIST_IN_CONDITION", "The list of values is empty."));
        }
        let mut values = vec![self.literal()?];
        while self.symbol(",") {
            values.push(self.literal()?);
        }
        if self.symbol(")") { Ok(values) } else { Err(self.unexpected()) }
    }

    fn literal(&mut self) -> Result<Literal, ApiError> {
        let literal = match self.peek() {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Number(text)) => Literal::Number(text.clone()),
            Some(Token::Word(text)) => Literal::Word(text.clone()),
            _ => return Err(self.unexpected()),
        };
        self.position += 1;
        Ok(literal)
    }

    fn order(&mut self) -> Result<Vec<Ordering>, ApiError> {
        if !self.keyword("BY") {
            return Err(query_error("EXPECTED_BY", "Expected BY after ORDER."));
        }
        let mut order = Vec::new();
        loop {
            let field = self.word()?;
            let descending = self.keyword("DESC");
            if !descending {
                self.keyword("ASC");
            }
            order.push(Ordering { field, descending });
            if !self.symbol(",") {
                return Ok(order);
            }
        }
    }

    fn limit(&mut self) -> Result<usize, ApiError> {
        match self.literal()? {
            Literal::Number(text) => match text.parse() {
                Ok(0) => Err(query_error("LIMIT_VALUE_TOO_LOW", "LIMIT must be positive.")),
                Ok(limit) => Ok(limit),
                Err(_) => Err(query_error("BAD_LIMIT_VALUE", "LIMIT is not a valid number.")),
            },
            _ => Err(query_error("BAD_LIMIT_VALUE", "LIMIT is not a valid number.")),
        }
    }

    fn parameters(&mut self) -> Result<Vec<(String, String)>, ApiError> {
        let mut parameters = Vec::new();
        loop {
            let name = self.word()?;
            if !matches!(name.as_str(), "include_drafts" | "omit_unselected_resource_names") {
                return Err(query_error("BAD_PARAMETER_NAME", format!("Unknown parameter '{name}'.")));
            }
            if !self.symbol("=") {
                return Err(self.unexpected());
            }
            let value = self.literal()?.text().to_ascii_lowercase();
            if !matches!(value.as_str(), "true" | "false") {
                return Err(query_error("BAD_PARAMETER_VALUE", format!("Bad value of parameter '{name}'.")));
            }
            parameters.push((name, value));
            if !self.symbol(",") {
                return Ok(parameters);
            }
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position)
    }

    /// Takes a keyword when it comes next, in any case of letters.
    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.position += usize::from(found);
        found
    }

    /// Takes one or two keywords, both or none.
    fn keywords(&mut self, [first, second]: [&str; 2]) -> bool {
        let start = self.position;
        let found = self.keyword(first) && (second.is_empty() || self.keyword(second));
        if !found {
            self.position = start;
        }
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        self.position += usize::from(found);
        found
    }

    fn word(&mut self) -> Result<String, ApiError> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.position += 1;
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn unexpected(&self) -> ApiError {
        self.peek().map_or_else(ended, unexpected)
    }
}

fn unexpected(token: &Token) -> ApiError {
    query_error("UNEXPECTED_INPUT", format!("Error in query: unexpected input {token}."))
}

fn ended() -> ApiError {
    query_error("UNEXPECTED_END_OF_QUERY", "Error in query: unexpected end of query.")
}
