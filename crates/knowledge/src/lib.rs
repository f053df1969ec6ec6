//! Knowledge-base retrieval with calibrated confidence, in memory.
