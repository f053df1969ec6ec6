BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS unanswered_questions (
    id SERIAL PRIMARY KEY,
    widget_id INTEGER NOT NULL REFERENCES widget_configs (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    samples TEXT[] NOT NULL,
    occurrences BIGINT NOT NULL CHECK (occurrences > 0),
    first_seen TIMESTAMP NOT NULL,
    last_seen TIMESTAMP NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered', 'dismissed')),
    guess_entry_id INTEGER REFERENCES widget_knowledge_base (id) ON DELETE SET NULL,
    guess_confidence DOUBLE PRECISION,
    answered_by_entry_id INTEGER REFERENCES widget_knowledge_base (id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_widget ON unanswered_questions (widget_id, status);
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_seen ON unanswered_questions (last_seen);
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_guess ON unanswered_questions (guess_entry_id);
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_answer ON unanswered_questions (answered_by_entry_id);
COMMENT ON TABLE unanswered_questions IS 'What visitors asked and the widget could not answer, or not helpfully; questions in other words are one';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS unanswered_messages (
    message_id INTEGER PRIMARY KEY REFERENCES widget_messages (id) ON DELETE CASCADE,
    question_id INTEGER REFERENCES unanswered_questions (id) ON DELETE SET NULL,
    by_vote BOOLEAN NOT NULL,
    grouped BOOLEAN NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_unanswered_messages_question ON unanswered_messages (question_id);
CREATE INDEX IF NOT EXISTS idx_unanswered_messages_waiting ON unanswered_messages (message_id) WHERE NOT grouped;
COMMENT ON TABLE unanswered_messages IS 'Replies that did not help, each counted once in its question; grouped without a question: it asked nothing, or the question is gone';
COMMIT;

CREATE TABLE IF NOT EXISTS unanswered_progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    message_id INTEGER NOT NULL
);
-- What was said before there were these tables is not counted.
INSERT INTO unanswered_progress (id, message_id) SELECT 1, COALESCE((SELECT max(id) FROM widget_messages), 0)
ON CONFLICT (id) DO NOTHING;
