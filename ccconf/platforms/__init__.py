"""One package a vendor, each ignorant of the others; vendor words never leave their package."""
