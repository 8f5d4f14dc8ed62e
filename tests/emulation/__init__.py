"""The frame of the emulators and the emulated 3CX, over real HTTP."""
