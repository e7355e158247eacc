//! What holds an `AutomationRule` back: what must be there, for how long, how much at once, who must agree.

use super::macros::{block, words};
use super::text::{Amount, DecimalNumber, Duration, Expression, Line, Note};

words! {
    /// What happens to a proposal that nobody decides on in time.
    #[serde(rename_all = "camelCase")]
    OnTimeout {
        Expire = "It lapses.",
        Apply = "It is done; only where every action lowers spend.",
    }
}

block! {
    /// What must be there before a condition counts.
    #[serde(rename_all = "camelCase")]
    RuleRequire {
        /// The window that the sums below are of; the first that the condition names when absent.
        #[schemars(extend("maxLength" = 63))]
        window: Line,
        /// How long the object must exist.
        age: Duration,
        /// How old the numbers may be; `24h` when absent.
        freshness: Duration,
        /// Money that must have been spent.
        min_spend: Amount,
        /// Impressions that must have been made.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        min_impressions: u32,
        /// Clicks that must have been made.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        min_clicks: u32,
        /// Conversions that must have come.
        min_conversions: DecimalNumber,
    }
}

block! {
    /// How long a condition must hold.
    #[serde(rename_all = "camelCase")]
    RuleSustain {
        [required] {
            /// Runs in a row in which it is true.
            #[schemars(range(min = 1, max = 100))]
            true_for: u32,
        }
    }
}

block! {
    /// How long amounts are looked back at, by direction.
    #[serde(rename_all = "camelCase")]
    RuleStabilize {
        /// A raise is the smallest that was wanted in every run for so long.
        raises: Duration,
        /// A cut is the deepest that was wanted in any run for so long.
        cuts: Duration,
    }
}

block! {
    /// How often and how much a rule acts. What is over a limit is deferred, the worst first.
    #[serde(rename_all = "camelCase")]
    RuleLimits {
        /// How long this rule leaves a field of an object alone after it changed it; 24h for raises and 4h for cuts
        /// when absent, 72h for ad groups on Meta.
        cooldown: Duration,
        /// Objects in one run; 50 when absent.
        #[schemars(range(min = 1, max = 10_000))]
        per_run: u32,
        /// Objects in one day of the account.
        #[schemars(range(min = 1, max = 10_000))]
        per_day: u32,
        /// Share of the live objects in scope in one run, such as `0.25`; half of them when absent.
        #[schemars(range(max = 1))]
        max_share_of_scope: DecimalNumber,
        /// How often the rule resumes one object that it paused; as often as it lets go when absent.
        #[schemars(range(min = 0, max = 1000))]
        max_resumes: u32,
    }
}

block! {
    /// What must come before a rule acts.
    #[serde(rename_all = "camelCase")]
    RulePromote {
        [required] {
            /// Days on which the rule ran in shadow, saying what it says now.
            #[schemars(range(min = 1, max = 365))]
            shadow_days: u32,
        }
    }
}

block! {
    /// When somebody must agree first.
    #[serde(rename_all = "camelCase")]
    RuleApproval {
        /// An expression over what would change: `delta.dailySpend`, `action.type`, and all that `when` can name.
        when: Expression,
        /// How long a proposal waits; `24h` when absent.
        timeout: Duration,
        /// What happens then; `expire` when absent.
        on_timeout: OnTimeout,
        /// For whoever decides.
        note: Note,
    }
}
