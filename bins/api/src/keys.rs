//! `api keys`: makes, lists and revokes keys of the administration, without a server.

use crate::Failure;
use clap::Subcommand;
use frontdesk_domain::ids::ClientId;
use frontdesk_http::ApiKeySecret;
use frontdesk_persistence::{ApiKey, ApiKeyError, ApiKeyId, Database, KeyState, NewApiKey, Role};
use frontdesk_settings::{Settings, clock};
use jiff::{SignedDuration, Timestamp};

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Makes a key and prints it: the only time that it is shown
    ///
    /// The key alone goes to standard output, what it is to standard error. Callers send it as
    /// `Authorization: Bearer KEY`.
    Create {
        /// admin: everything. client: reads and writes what belongs to one client, but for its limits.
        /// viewer: reads, what belongs to one client or to all
        #[arg(long)]
        role: Role,
        /// The id of the client whose things the key opens; for the roles client and viewer
        #[arg(long, value_name = "ID")]
        client: Option<i32>,
        /// What to call it in lists, at most 100 characters
        #[arg(long, default_value = "", value_parser = name)]
        name: String,
        /// Days after which it is not valid any more; without it the key is valid until it is revoked
        #[arg(long, value_name = "D", value_parser = clap::value_parser!(u16).range(1..=3650))]
        expires_in_days: Option<u16>,
    },
    /// Lists all keys, those that are not valid any more too
    List,
    /// Ends a key; running servers refuse it within two seconds
    Revoke {
        /// Its id, as `api keys list` shows it
        id: i32,
    },
}

fn name(text: &str) -> Result<String, String> {
    let chars = text.chars().count();
    if chars > NewApiKey::MAX_NAME_CHARS {
        return Err(format!(
            "it has {chars} characters, shorten it to at most {}",
            NewApiKey::MAX_NAME_CHARS
        ));
    }
    Ok(text.trim().to_owned())
}

impl From<ApiKeyError> for Failure {
    fn from(error: ApiKeyError) -> Self {
        match error {
            ApiKeyError::Database(error) => error.into(),
            ApiKeyError::Holder(Role::Client) => Self::configuration(format!("{error} with --client")),
            ApiKeyError::Holder(_) => Self::configuration(format!("{error}: leave --client out")),
            ApiKeyError::UnknownClient(_) => Self::outside(error),
            ApiKeyError::Unknown(_) => {
                Self::outside(format!("{error}: `api keys list` shows the ids of all keys"))
            }
        }
    }
}

pub(crate) async fn keys(settings: &Settings, command: &KeysCommand) -> Result<(), Failure> {
    let database = Database::connect(settings.database.url.expose(), 1).await?;
    let now = clock::now();
    match command {
        KeysCommand::Create { role, client, name, expires_in_days } => {
            let days = expires_in_days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
            let secret = ApiKeySecret::generate(rand::random::<u64>);
            let new = NewApiKey {
                name: name.clone(),
                role: *role,
                client: client.map(ClientId),
                prefix: secret.prefix().to_owned(),
                hash: secret.hash(),
                expires_at: days.map(|days| now + days),
            };
            let key = database.create_api_key(new, now).await?;
            eprintln!("{}; it is not shown again:", described(&key));
            println!("{}", secret.expose());
        }
        KeysCommand::List => {
            for key in database.api_keys().await? {
                println!("{}", line(&key, now));
            }
        }
        KeysCommand::Revoke { id } => {
            let key = database.revoke_api_key(ApiKeyId(*id), now).await?;
            println!("revoked {}", described(&key));
        }
    }
    Ok(())
}

fn described(key: &ApiKey) -> String {
    let end = key.expires_at.map_or_else(|| "no end".to_owned(), |end| format!("valid until {end:.0}"));
    format!("key {} ({}), {}, {}, {end}", key.id, key.prefix, key.role, whose(key))
}

fn whose(key: &ApiKey) -> String {
    key.client.map_or_else(|| "all clients".to_owned(), |client| format!("client {client}"))
}

fn line(key: &ApiKey, now: Timestamp) -> String {
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {at:.0}"));
    let state = match key.state(now) {
        KeyState::Valid => key.expires_at.map_or_else(|| "valid".to_owned(), |end| format!("until {end:.0}")),
        ended => ended.as_str().to_owned(),
    };
    let (id, whose) = (key.id.to_string(), whose(key));
    let line =
        format!("{id:>4}  {}  {:6}  {whose:12}  {state:26}  {used:25}  {}", key.prefix, key.role, key.name);
    line.trim_end().to_owned()
}
