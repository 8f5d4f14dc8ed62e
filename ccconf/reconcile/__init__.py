"""From wanted and live to a plan, and from a plan to what was done."""
