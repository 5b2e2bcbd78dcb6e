"""Tests, measurements and pictures: all of them with the time zone data of the lock file and no other.

Whatever this computer's own data says, the same windows have the same local times. Processes that tests start are told
by the variable.

What is compiled for them is kept, also where Python is told to keep nothing: otherwise every process that a test starts
compiles the whole program, and every run all tests.
"""

import os
import sys
import zoneinfo

os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(to=[])
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
