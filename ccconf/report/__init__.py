"""Values as people and machines read them."""
