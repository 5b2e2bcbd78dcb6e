"""Tests, measurements and pictures: all of them with the time zone data of the lock file and no other.

Whatever this computer's own data says, the same windows have the same local times. Processes that tests start are told
by the variable.
"""

import os
import zoneinfo

os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(to=[])
