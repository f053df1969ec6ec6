CREATE TABLE IF NOT EXISTS unanswered_questions (
    id INTEGER PRIMARY KEY NOT NULL,
    widget_id INTEGER NOT NULL REFERENCES widget_configs (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    samples TEXT NOT NULL CHECK (json_type(samples) = 'array'),
    occurrences INTEGER NOT NULL CHECK (occurrences > 0),
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered', 'dismissed')),
    guess_entry_id INTEGER REFERENCES widget_knowledge_base (id) ON DELETE SET NULL,
    guess_confidence REAL,
    answered_by_entry_id INTEGER REFERENCES widget_knowledge_base (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_widget ON unanswered_questions (widget_id, status);
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_seen ON unanswered_questions (last_seen);
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_guess ON unanswered_questions (guess_entry_id);
CREATE INDEX IF NOT EXISTS idx_unanswered_questions_answer ON unanswered_questions (answered_by_entry_id);

-- Replies that did not help, each counted once in its question; grouped without a question: it asked nothing, or the question is gone.
CREATE TABLE IF NOT EXISTS unanswered_messages (
    message_id INTEGER PRIMARY KEY NOT NULL REFERENCES widget_messages (id) ON DELETE CASCADE,
    question_id INTEGER REFERENCES unanswered_questions (id) ON DELETE SET NULL,
    by_vote INTEGER NOT NULL,
    grouped INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS idx_unanswered_messages_question ON unanswered_messages (question_id);
CREATE INDEX IF NOT EXISTS idx_unanswered_messages_waiting ON unanswered_messages (message_id) WHERE NOT grouped;

CREATE TABLE IF NOT EXISTS unanswered_progress (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    message_id INTEGER NOT NULL
) STRICT;
-- What was said before there were these tables is not counted.
INSERT INTO unanswered_progress (id, message_id) SELECT 1, COALESCE((SELECT max(id) FROM widget_messages), 0)
ON CONFLICT (id) DO NOTHING;

-- Ids of messages are used again once the newest are deleted: what has been looked through must not lie beyond them.
CREATE TRIGGER IF NOT EXISTS frontdesk_unanswered_progress AFTER DELETE ON widget_messages
WHEN OLD.id <= (SELECT message_id FROM unanswered_progress) AND NOT EXISTS (SELECT 1 FROM widget_messages WHERE id >= OLD.id)
BEGIN
    UPDATE unanswered_progress SET message_id = COALESCE((SELECT max(id) FROM widget_messages), 0);
END;
