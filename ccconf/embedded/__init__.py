"""A contact centre in one file, in the terms of the model: the embedded platform, and the ground of emulators."""
