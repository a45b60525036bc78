"""Starts the AWS emulator with its patches. Runs in the emulator's own virtual environment."""

import patches
from ministack.app import main

if __name__ == "__main__":
    patches.emulator()
    main()
