//! What speaks for and against the best entry being the right one.

use crate::confidence;

/// What speaks for and against the best entry. Each number is from 0 to 1 (but for
/// [`meant_margin`](Self::meant_margin), from -1) and can be told to a person. Shares are by weight: rare words
/// count more, words that the knowledge base does not know most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// How far the entry stands out from all other answers: 1 if none comes near, half if another does as well.
    pub ahead: f64,
    /// How many other answers score more than two thirds of the best: 0 for none, nearing 1.
    pub crowded: f64,
    /// The share of the query's topic words that stand in the entry's question.
    pub in_question: f64,
    /// The share of the entry's question that the query repeats; a keyword or the category can stand in
    /// for the question, but counts for half.
    pub covered: f64,
    /// The likeness to question, keywords and category in groups of letters.
    pub letters: f64,
    /// The likeness to the question alone in groups of letters, or to another question with the same answer.
    pub spelled_alike: f64,
    /// The rarity, in this knowledge base, of the rarest word that both have: 1 if no other answer has it.
    pub rarest: f64,
    /// How many topic words the knowledge base does not know: 0 for none, nearing 1.
    pub unknown: f64,
    /// How many words with digits the entry does not have: 0 for none, nearing 1.
    pub numbers: f64,
    /// 1 if the query asks for one thing (why, when, how much ...) and the entry's question for another.
    pub asks_otherwise: f64,
    /// 1 if the entry says why and the query does not ask it.
    pub reason: f64,
    /// 1 if one of query and question denies something and the other does not.
    pub negated: f64,
    /// 1 if the entry's question is about a state (failed, lost, late ...) that the query does not name.
    pub state: f64,
    /// How unusual in the language the most unusual word is that both have.
    pub telling: f64,
    /// The share of the query's topic words that the entry explains by a word of like meaning.
    pub meant: f64,
    /// The same, less that of the best of the next nine answers.
    pub meant_margin: f64,
    /// How alike query and question are in meaning.
    pub gist: f64,
    /// 1 if of the first ten answers this one is the most alike in meaning, else 0.
    pub agreed: f64,
    /// The share of topic words like which the knowledge base has none, in letters or in meaning.
    pub alien: f64,
    /// Half if another answer matches as well, 1 if the next is clearly behind. It is no part of the sum but
    /// multiplies its result: of two answers to the same question one is wrong, however well the question
    /// matches.
    pub undisputed: f64,
    /// Whether meanings are known in the language of the knowledge base; where not, the six numbers about them
    /// are 0 and count for nothing.
    pub by_meaning: bool,
}

/// One number of an [`Evidence`] and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// The field's name.
    pub name: &'static str,
    /// The number.
    pub value: f64,
    /// How much one of it adds to the log-odds.
    pub coefficient: f64,
}

impl Contribution {
    /// What the number adds to the log-odds of the entry being right.
    pub fn log_odds(&self) -> f64 {
        self.value * self.coefficient
    }
}

impl Evidence {
    /// How many numbers there are.
    pub const LEN: usize = 19;

    /// Their names, in the order of their declaration.
    pub const NAMES: [&'static str; Self::LEN] = [
        "ahead",
        "crowded",
        "in_question",
        "covered",
        "letters",
        "spelled_alike",
        "rarest",
        "unknown",
        "numbers",
        "asks_otherwise",
        "reason",
        "negated",
        "state",
        "telling",
        "meant",
        "meant_margin",
        "gist",
        "agreed",
        "alien",
    ];

    /// The numbers in the order of their declaration.
    pub fn to_array(self) -> [f64; Self::LEN] {
        [
            self.ahead,
            self.crowded,
            self.in_question,
            self.covered,
            self.letters,
            self.spelled_alike,
            self.rarest,
            self.unknown,
            self.numbers,
            self.asks_otherwise,
            self.reason,
            self.negated,
            self.state,
            self.telling,
            self.meant,
            self.meant_margin,
            self.gist,
            self.agreed,
            self.alien,
        ]
    }

    /// The log-odds before any evidence, to which the [`contributions`](Self::contributions) add up.
    pub fn intercept(&self) -> f64 {
        confidence::model(self.by_meaning).intercept
    }

    /// What each number adds to the log-odds.
    pub fn contributions(&self) -> [Contribution; Self::LEN] {
        let (values, model) = (self.to_array(), confidence::model(self.by_meaning));
        std::array::from_fn(|at| Contribution {
            name: Self::NAMES[at],
            value: values[at],
            coefficient: model.coefficients[at],
        })
    }
}
