//! What is wrong with a condition, and where.

/// A fault at a byte of the condition.
#[derive(Debug, PartialEq)]
pub struct Fault {
    pub at: usize,
    pub reason: String,
}

impl Fault {
    /// Returns the message with the part of the condition at which the fault is.
    pub fn message(&self, condition: &str) -> String {
        let rest: String = condition.get(self.at..).unwrap_or("").chars().take(20).collect();
        let place = if rest.is_empty() { "at its end".to_owned() } else { format!("at {rest:?}") };
        format!("expr: {}: {place}, byte {}", self.reason, self.at)
    }
}
