//! What a widget's messages came to.

use super::usage::Usage;
use super::{admin_widget, days};
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, text};
use crate::parameters::date;
use crate::query::Parameters;
use crate::reply::{self, Numbers};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::WidgetId;
use frontdesk_domain::period::ResetZone;
use frontdesk_persistence::{Analytics, Group, Grouping};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The days that are summed, today included, unless others are asked for.
pub(super) const DAYS: i32 = 30;
/// The most days of one look.
const MAX_DAYS: i32 = 366;

#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsReport)]
struct Report {
    /// The account of the widget's present client; null if it has none.
    usage: Option<Usage>,
    /// Sums over the days: those that are asked for, or the last 30 of the account's days, today included.
    analytics: Sums,
    /// The first day, where days or a grouping are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    from: Option<Date>,
    /// The last day, where days or a grouping are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    group_by: Option<&'static str>,
    /// One for each day in their order, or for each provider or model that was asked, the most asked first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    series: Option<Vec<Point>>,
}

/// A day, a provider or a model with its sums.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsPoint)]
struct Point {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    day: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "gemini")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "gemini-2.5-flash")]
    model: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

/// How the series is made.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows `Grouping`")]
enum GroupBy {
    Day,
    Provider,
    Model,
}

/// What a widget's messages came to.
#[derive(Serialize, ToSchema)]
#[schema(as = Analytics)]
pub(super) struct Sums {
    /// Attempts at a provider: a message with a fallback counts twice.
    #[schema(example = 4)]
    total_requests: i64,
    #[schema(example = 450)]
    total_tokens: i64,
    /// Milliseconds, over the attempts that reached a provider.
    #[schema(example = 7)]
    avg_response_time: i64,
    #[schema(example = 1)]
    successful_requests: i64,
    failed_requests: i64,
    /// Messages for which no provider was asked.
    #[schema(example = 2)]
    credits_exhausted_count: i64,
    rate_limited_requests: i64,
    blocked_requests: i64,
    /// US dollars at list price, with six decimals; a model whose price is not known counts nothing.
    #[schema(example = 0.000_06)]
    estimated_cost: Box<RawValue>,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

impl Sums {
    /// `id` is that of the row that the log names where numbers are too large.
    pub(super) fn new(id: i32, sums: &Analytics) -> Result<Self, ApiError> {
        let mut numbers = Numbers::default();
        let mut number = |name, value| numbers.safe(name, value);
        Ok(Self {
            total_requests: number("total_requests", sums.total_requests),
            total_tokens: number("total_tokens", sums.total_tokens),
            avg_response_time: number("avg_response_time", sums.avg_response_time_ms()),
            successful_requests: number("successful_requests", sums.successful_requests),
            failed_requests: number("failed_requests", sums.failed_requests),
            credits_exhausted_count: number("credits_exhausted_count", sums.credits_exhausted_count),
            rate_limited_requests: number("rate_limited_requests", sums.rate_limited_requests),
            blocked_requests: number("blocked_requests", sums.blocked_requests),
            estimated_cost: numbers.dollars("estimated_cost", sums.cost_micro_usd)?,
            capped: numbers.into_capped("llm_usage_daily", id),
        })
    }
}

struct Wanted {
    from: Option<Date>,
    to: Option<Date>,
    grouping: Option<(Grouping, &'static str)>,
}

impl Wanted {
    /// The days that are wanted, as seen on `today`.
    fn days(&self, today: Date) -> Result<(Date, Date), Faults> {
        let to = self.to.unwrap_or(today);
        let from = self.from.unwrap_or_else(|| to.saturating_sub((DAYS - 1).days()));
        let mut fields = Fields::default();
        days::check_order(&mut fields, Some(from), Some(to));
        if (to - from).get_days() >= MAX_DAYS {
            fields.fault("from", format!("there are more than {MAX_DAYS} days until to, write a later day"));
        }
        fields.finish(Some((from, to)))
    }
}

/// The parameters; others are ignored.
fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let (from, to) = (fields.read("from", date), fields.read("to", date));
    let grouping = fields.read("group_by", grouping);
    fields.ignore_others();
    fields.finish(Some(Wanted { from, to, grouping }))
}

fn grouping(value: Value) -> Read<(Grouping, &'static str)> {
    match text(value)?.as_str() {
        "day" => Ok((Grouping::Day, "day")),
        "provider" => Ok((Grouping::Provider, "provider")),
        "model" => Ok((Grouping::Model, "model")),
        _ => Err("write day, provider or model".to_owned()),
    }
}

/// The widget's account, and the sums of its last thirty days or of the days that are asked for; one by one, or by
/// provider or model, where that is asked for.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/llm-analytics",
    params(
        ("from" = Option<Date>, Query, description = "The first day of the account; without it 30 days until the last."),
        ("to" = Option<Date>, Query, description = "The last day of the account, at most 366 days after the first; without it today."),
        ("group_by" = inline(Option<GroupBy>), Query, description = "Adds a series of days, providers or models."),
    ),
    responses((status = 200, description = "Account and sums.", body = Report)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn get_analytics(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let wanted = wanted(parameters.fields()).map_err(BodyError::from)?;
    let now = state.now();
    let usage = state.database.usage_of_widget(widget, now).await?;
    let zone = usage.as_ref().map_or_else(ResetZone::default, |usage| usage.credits.zone.clone());
    let (from, to) = wanted.days(zone.day(now)).map_err(BodyError::from)?;
    let grouping = wanted.grouping.map_or(Grouping::Provider, |(grouping, _)| grouping);
    let groups = state.database.analytics_by(grouping, widget, from, to).await?;
    let sums = groups.values().copied().fold(Analytics::default(), Analytics::plus);
    let series = match wanted.grouping {
        Some((grouping, _)) => Some(series(widget, grouping, groups, (from, to))?),
        None => None,
    };
    let group_by = wanted.grouping.map(|(_, name)| name);
    let asked = wanted.from.is_some() || wanted.to.is_some() || group_by.is_some();
    let of_asked = |day| asked.then_some(day);
    reply::ok(&Report {
        usage: usage.as_ref().map(Usage::from),
        analytics: Sums::new(widget.0, &sums)?,
        from: of_asked(from),
        to: of_asked(to),
        group_by,
        series,
    })
}

/// Every day, also one on which nothing happened; or the providers or models, the most asked first.
fn series(
    widget: WidgetId,
    grouping: Grouping,
    mut groups: BTreeMap<Group, Analytics>,
    (from, to): (Date, Date),
) -> Result<Vec<Point>, ApiError> {
    if grouping == Grouping::Day {
        for day in from.series(1.day()).take_while(|day| *day <= to) {
            groups.entry(Group { day: Some(day), ..Group::default() }).or_default();
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    if grouping != Grouping::Day {
        groups.sort_by_key(|(_, sums)| Reverse(sums.total_requests));
    }
    let point = |(group, sums): (Group, Analytics)| {
        let Group { day, provider, model } = group;
        Ok(Point { day, provider, model, sums: Sums::new(widget.0, &sums)? })
    };
    groups.into_iter().map(point).collect()
}
