-- The rollup goes with 003.
SELECT 1;
