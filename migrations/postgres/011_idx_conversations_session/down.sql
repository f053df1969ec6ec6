-- It may have been there before us: taking it away is the operator's decision, by hand.
SELECT 1;
