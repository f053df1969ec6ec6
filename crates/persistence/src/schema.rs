//! One schema for both databases: the columns that this program uses, under the names that operators know.

diesel::table! {
    clients (id) {
        id -> Integer,
        client_name -> Nullable<Text>,
        email -> Text,
        phone -> Nullable<Text>,
        website -> Nullable<Text>,
        is_active -> Nullable<Bool>,
        business_hours -> Nullable<Text>,
        description -> Nullable<Text>,
        address -> Nullable<Text>,
        city -> Nullable<Text>,
        state -> Nullable<Text>,
        zip_code -> Nullable<Text>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    // Where `client_name` is generated from the column `name` that some databases have, this is the one to write.
    #[sql_name = "clients"]
    named_clients (id) {
        id -> Integer,
        name -> Text,
        email -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::sql::{JsonDoc, Strings};

    widget_configs (id) {
        id -> Integer,
        client_id -> Nullable<Integer>,
        widget_key -> Text,
        widget_name -> Text,
        primary_color -> Nullable<Text>,
        secondary_color -> Nullable<Text>,
        position -> Nullable<Text>,
        welcome_message -> Nullable<Text>,
        bot_name -> Nullable<Text>,
        bot_avatar_url -> Nullable<Text>,
        enable_appointment_booking -> Nullable<Bool>,
        enable_email_capture -> Nullable<Bool>,
        enable_phone_capture -> Nullable<Bool>,
        enable_ai_handoff -> Nullable<Bool>,
        ai_handoff_url -> Nullable<Text>,
        business_hours -> Nullable<JsonDoc>,
        offline_message -> Nullable<Text>,
        is_active -> Nullable<Bool>,
        domain_whitelist -> Nullable<Strings>,
        industry -> Nullable<Text>,
        intro_flow_enabled -> Nullable<Bool>,
        intro_questions -> Nullable<JsonDoc>,
        practice_phone -> Nullable<Text>,
        timezone -> Nullable<Text>,
        llm_enabled -> Nullable<Bool>,
        llm_provider -> Nullable<Text>,
        llm_model -> Nullable<Text>,
        llm_max_tokens -> Nullable<Integer>,
        fallback_to_knowledge_base -> Nullable<Bool>,
        answer_order -> Nullable<Text>,
        language -> Nullable<Text>,
        knowledge_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Double, Integer, Nullable, Text, Timestamp};
    use crate::types::sql::{JsonDoc, Strings};

    // The columns of `widget_configs` that would be one table's thirty-third and later. `llm_temperature` is NUMERIC on
    // PostgreSQL, which takes a double for it, but has to be cast when it is read.
    #[sql_name = "widget_configs"]
    widget_configs_rest (id) {
        id -> Integer,
        rate_limit_messages -> Nullable<Integer>,
        rate_limit_window -> Nullable<Integer>,
        require_captcha -> Nullable<Bool>,
        blocked_ips -> Nullable<Strings>,
        blocked_keywords -> Nullable<Strings>,
        llm_temperature -> Nullable<Double>,
        privacy_url -> Nullable<Text>,
        ai_notice -> Bool,
        consent_required -> Bool,
        texts -> Nullable<JsonDoc>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text, Timestamp};
    use crate::types::sql::{JsonDoc, Strings};

    widget_knowledge_base (id) {
        id -> Integer,
        widget_id -> Nullable<Integer>,
        category -> Nullable<Text>,
        question -> Text,
        answer -> Text,
        keywords -> Nullable<Strings>,
        priority -> Nullable<Integer>,
        context -> Nullable<JsonDoc>,
        times_used -> Nullable<Integer>,
        helpful_count -> Nullable<Integer>,
        not_helpful_count -> Nullable<Integer>,
        is_active -> Nullable<Bool>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamp};
    use crate::types::sql::JsonDoc;

    widget_conversations (id) {
        id -> Integer,
        public_id -> Nullable<BigInt>,
        widget_id -> Nullable<Integer>,
        session_id -> Text,
        visitor_session_id -> Nullable<Text>,
        visitor_name -> Nullable<Text>,
        visitor_email -> Nullable<Text>,
        visitor_phone -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        referrer_url -> Nullable<Text>,
        page_url -> Nullable<Text>,
        lead_captured -> Nullable<Bool>,
        lead_id -> Nullable<Integer>,
        handoff_type -> Nullable<Text>,
        handoff_details -> Nullable<JsonDoc>,
        status -> Nullable<Text>,
        started_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        close_reason -> Nullable<Text>,
        message_count -> Nullable<Integer>,
        bot_response_count -> Nullable<Integer>,
        human_response_count -> Nullable<Integer>,
        intro_completed -> Nullable<Bool>,
        intro_data -> Nullable<JsonDoc>,
        agent_handoff -> Nullable<Bool>,
        last_message -> Nullable<Text>,
        last_message_at -> Nullable<Timestamp>,
        last_activity_at -> Nullable<Timestamp>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text, Timestamp};
    use crate::types::sql::JsonDoc;

    widget_messages (id) {
        id -> Integer,
        conversation_id -> Nullable<Integer>,
        message_type -> Text,
        message_text -> Text,
        knowledge_base_id -> Nullable<Integer>,
        response_time_ms -> Nullable<Integer>,
        was_helpful -> Nullable<Bool>,
        feedback_text -> Nullable<Text>,
        metadata -> Nullable<JsonDoc>,
        agent_name -> Nullable<Text>,
        client_message_id -> Nullable<Text>,
        reply_to -> Nullable<Integer>,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    client_llm_usage (id) {
        id -> Integer,
        client_id -> Nullable<Integer>,
        widget_id -> Nullable<Integer>,
        monthly_token_limit -> Nullable<BigInt>,
        daily_token_limit -> Nullable<BigInt>,
        monthly_request_limit -> Nullable<BigInt>,
        daily_request_limit -> Nullable<BigInt>,
        tokens_used_this_month -> Nullable<BigInt>,
        tokens_used_today -> Nullable<BigInt>,
        requests_made_this_month -> Nullable<BigInt>,
        requests_made_today -> Nullable<BigInt>,
        total_tokens_used -> Nullable<BigInt>,
        total_requests_made -> Nullable<BigInt>,
        tokens_reserved -> BigInt,
        requests_reserved -> BigInt,
        last_daily_reset -> Nullable<Date>,
        last_monthly_reset -> Nullable<Date>,
        reset_timezone -> Text,
        credits_exhausted -> Nullable<Bool>,
        credits_exhausted_at -> Nullable<Timestamp>,
        exhausted_limit -> Nullable<Text>,
        thresholds_passed -> Integer,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    llm_request_logs (id) {
        id -> Integer,
        client_id -> Nullable<Integer>,
        widget_id -> Nullable<Integer>,
        conversation_id -> Nullable<Integer>,
        llm_provider -> Text,
        llm_model -> Text,
        prompt_text -> Nullable<Text>,
        response_text -> Nullable<Text>,
        prompt_tokens -> Nullable<Integer>,
        completion_tokens -> Nullable<Integer>,
        total_tokens -> Nullable<Integer>,
        response_time_ms -> Nullable<Integer>,
        status -> Nullable<Text>,
        error_message -> Nullable<Text>,
        account_id -> Nullable<Integer>,
        reserved_tokens -> BigInt,
        reserved_until -> Nullable<Timestamp>,
        message_id -> Nullable<Integer>,
        attempt -> Integer,
        usage_estimated -> Bool,
        settled_at -> Nullable<Timestamp>,
        booked_on -> Nullable<Date>,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    llm_usage_daily (widget_id, day, llm_provider, llm_model) {
        widget_id -> Integer,
        day -> Date,
        llm_provider -> Text,
        llm_model -> Text,
        requests -> BigInt,
        successful -> BigInt,
        failed -> BigInt,
        rate_limited -> BigInt,
        blocked -> BigInt,
        credits_exhausted -> BigInt,
        prompt_tokens -> BigInt,
        completion_tokens -> BigInt,
        total_tokens -> BigInt,
        timed_requests -> BigInt,
        response_time_ms -> BigInt,
        cost_micro_usd -> BigInt,
        unlogged_requests -> BigInt,
    }
}

diesel::table! {
    llm_usage_history (account_id, period, period_start) {
        account_id -> Integer,
        period -> Text,
        period_start -> Date,
        tokens_used -> BigInt,
        requests_made -> BigInt,
        closed_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(clients, widget_configs, client_llm_usage);
diesel::allow_tables_to_appear_in_same_query!(llm_request_logs, widget_conversations);
diesel::allow_tables_to_appear_in_same_query!(widget_messages, widget_conversations);
diesel::allow_tables_to_appear_in_same_query!(widget_configs, widget_conversations);

diesel::table! {
    use diesel::sql_types::{BigInt, Double, Integer, Nullable, Text, Timestamp};
    use crate::types::sql::Strings;

    unanswered_questions (id) {
        id -> Integer,
        widget_id -> Integer,
        question -> Text,
        samples -> Strings,
        occurrences -> BigInt,
        first_seen -> Timestamp,
        last_seen -> Timestamp,
        status -> Text,
        guess_entry_id -> Nullable<Integer>,
        guess_confidence -> Nullable<Double>,
        answered_by_entry_id -> Nullable<Integer>,
    }
}

diesel::table! {
    unanswered_messages (message_id) {
        message_id -> Integer,
        question_id -> Nullable<Integer>,
        by_vote -> Bool,
        grouped -> Bool,
    }
}

diesel::table! {
    unanswered_progress (id) {
        id -> Integer,
        message_id -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(unanswered_questions, widget_knowledge_base);
diesel::allow_tables_to_appear_in_same_query!(unanswered_messages, widget_messages);

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Text, Timestamp};
    use crate::types::sql::JsonDoc;

    idempotency_keys (id) {
        id -> BigInt,
        widget_id -> Integer,
        operation -> Text,
        idempotency_key -> Text,
        request_hash -> Text,
        conversation -> BigInt,
        answer -> JsonDoc,
        created_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text, Timestamp};
    use crate::types::sql::Strings;

    webhooks (id) {
        id -> Integer,
        client_id -> Integer,
        url -> Text,
        secret -> Text,
        previous_secret -> Nullable<Text>,
        previous_secret_until -> Nullable<Timestamp>,
        events -> Strings,
        is_active -> Bool,
        inactive_reason -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text, Timestamp};
    use crate::types::sql::JsonDoc;

    webhook_events (id) {
        id -> Integer,
        event_id -> Text,
        client_id -> Integer,
        conversation_id -> Nullable<Integer>,
        event_type -> Text,
        payload -> JsonDoc,
        created_at -> Timestamp,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Integer,
        webhook_id -> Integer,
        event_id -> Integer,
        status -> Text,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        retry_until -> Timestamp,
        last_attempt_at -> Nullable<Timestamp>,
        last_status_code -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        duration_ms -> Nullable<Integer>,
        delivered_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(webhook_deliveries -> webhooks (webhook_id));
diesel::joinable!(webhook_deliveries -> webhook_events (event_id));
diesel::allow_tables_to_appear_in_same_query!(webhooks, webhook_events, webhook_deliveries);

diesel::table! {
    api_keys (id) {
        id -> Integer,
        name -> Text,
        role -> Text,
        client_id -> Nullable<Integer>,
        prefix -> Text,
        hash -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}
