"""Reading manifests: every file either means one thing or is refused at a place."""
