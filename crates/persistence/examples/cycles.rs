//! Ledger cycles a second: begin, finish, two messages, a log row and its rollup.
//!
//! `cargo run --release -p frontdesk-persistence --example cycles -- URL [SECONDS] [WIDGETS] [VISITORS]`,
//! on a database of its own in which widgets 1 to WIDGETS have no client and limits that are in nobody's way.

use frontdesk_domain::credits::ReserveRequest;
use frontdesk_domain::ids::{ConversationId, PublicConversationId, WidgetId};
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_persistence::{
    AccountKey, Attempt, Begin, Begun, ConversationRef, Database, Finish, NewConversation, Outcome, Reply,
    Status, VisitorMessage,
};
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("which database? give its URL")?;
    let mut number = |missing: u64| arguments.next().map_or(Ok(missing), |text| text.parse::<u64>());
    let (seconds, widgets, visitors) = (number(5)?, number(1)?, number(256)?);
    let db = Database::open(&url, 4).await?;
    let places = Arc::new(places(&db, i32::try_from(widgets)?).await?);
    let cycles = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let mut running = JoinSet::new();
    for visitor in 0..visitors {
        let (db, places, cycles) = (db.clone(), Arc::clone(&places), Arc::clone(&cycles));
        running.spawn(async move {
            let mut next = usize::try_from(visitor).unwrap_or_default();
            while Instant::now() < until {
                let (account, conversation) = places[next % places.len()];
                cycle(&db, account, conversation).await?;
                cycles.fetch_add(1, Ordering::Relaxed);
                next += 7_919;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(visitor) = running.join_next().await {
        visitor??;
    }
    let rate = u128::from(cycles.load(Ordering::Relaxed)) * 1_000 / started.elapsed().as_millis();
    println!("{rate} cycles/s with {widgets} widgets and {visitors} visitors at once");
    Ok(())
}

const NOW: Timestamp = Timestamp::constant(1_795_428_000, 0);

/// A conversation for each widget.
async fn places(db: &Database, widgets: i32) -> Result<Vec<(AccountKey, ConversationId)>, Failure> {
    let mut opening = JoinSet::new();
    for id in 1..=widgets {
        let db = db.clone();
        opening.spawn(async move {
            let account = AccountKey { widget: WidgetId(id), client: None };
            let fields = NewConversation { session_id: format!("cycles-{id}"), ..NewConversation::default() };
            let new =
                ConversationRef::New(PublicConversationId::from_random(rand::random()), Box::new(fields));
            let conversation = db.ledger().open_conversation(account, new, NOW).await?;
            Ok::<_, Failure>((account, conversation))
        });
    }
    opening.join_all().await.into_iter().collect()
}

async fn cycle(db: &Database, account: AccountKey, conversation: ConversationId) -> Result<(), Failure> {
    let begin = Begin {
        account,
        conversation: ConversationRef::Existing(conversation),
        message: VisitorMessage { text: "When are you open on Saturday?".into(), client_message_id: None },
        attempt: Attempt {
            provider: ProviderName::GEMINI,
            model: "gemini-pro".into(),
            prompt_text: "When are you open on Saturday?".into(),
            request: ReserveRequest { prompt_tokens: 400, reply_tokens: 500 },
            number: 1,
            hold_for: SignedDuration::from_secs(60),
            may_wait: false,
        },
        now: NOW,
    };
    let Begun::Stored { message, reserved: Ok(reservation), .. } = db.ledger().begin(begin).await? else {
        return Err("no credits: raise the limits of the accounts first".into());
    };
    let outcome = Outcome {
        status: Status::Success,
        usage: TokenUsage { prompt_tokens: 380, completion_tokens: 70, ..TokenUsage::default() },
        usage_estimated: false,
        model: None,
        response_text: Some("On Saturday we are open from 9 AM to 1 PM.".into()),
        error: None,
        response_time_ms: 800,
        cost: None,
    };
    let finish = Finish {
        account,
        settle: Some((reservation, outcome)),
        conversation,
        message,
        reply: Reply {
            text: "On Saturday we are open from 9 AM to 1 PM.".into(),
            confidence: 0.95,
            entry: None,
            response_time_ms: 812,
        },
        now: NOW,
    };
    db.ledger().finish(finish).await?;
    Ok(())
}
