"""How a ledger came to its form. One file a step; a step that was released is never edited."""
