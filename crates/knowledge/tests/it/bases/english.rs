//! A bicycle workshop.

use super::Base;
use frontdesk_knowledge::Language;

pub(crate) const BASE: Base = Base {
    language: Language::English,
    entries: &[
        ("When is the workshop open?", "Tuesday to Saturday from 10 to 18.", &["opening hours", "times"]),
        (
            "Where do I find the workshop?",
            "In Canal Street 4, beside the bridge.",
            &["address", "directions"],
        ),
        ("How much is a repair?", "An inspection is 60 pounds, a puncture 15.", &["prices", "cost"]),
        (
            "How long does a repair take?",
            "Most bicycles are ready within two days.",
            &["duration", "waiting time"],
        ),
        ("Do you rent bicycles?", "Yes, city bikes for 18 pounds a day.", &["hire", "rental"]),
        ("Can I get a helmet?", "We sell helmets from size 48 on.", &["helmets", "head protection"]),
        (
            "Do you repair electric bikes?",
            "Motors and batteries of all makes.",
            &["e-bike", "battery", "motor"],
        ),
        ("Is there a guarantee?", "Repairs have a guarantee of one year.", &["warranty"]),
        (
            "Do you buy used bicycles?",
            "Bring it along, we make you an offer.",
            &["second hand", "sell my bike"],
        ),
    ],
    questions: &[
        ("when is the workshop open today", 1),
        ("opening hours", 1),
        ("what are your opening times", 1),
        ("where is your workshop", 2),
        ("what is your address", 2),
        ("directions please", 2),
        ("how much does a repair cost", 3),
        ("prices for a puncture", 3),
        ("what does an inspection cost", 3),
        ("how long will the repair take", 4),
        ("what is the waiting time for a repair", 4),
        ("can I rent a bicycle for a day", 5),
        ("bike rental", 5),
        ("do you have helmets", 6),
        ("helmet sizes", 6),
        ("my battery is empty, do you repair e-bikes", 7),
        ("electric bike motor", 7),
        ("is there a warranty on repairs", 8),
        ("guarantee", 8),
        ("I want to sell my old bicycle", 9),
        ("do you buy second hand bikes", 9),
        ("how tall is the eiffel tower", 0),
        ("can you recommend a restaurant", 0),
        ("tell me a story", 0),
        ("do you have a job for me", 0),
    ],
};
