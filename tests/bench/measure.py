"""Runs a command and prints its seconds on the wall, its peak memory in KiB, its exit status, and seconds of processor.

A process of its own, and a small one: the kernel counts a parent's memory at the fork as the child's.
"""

import os
import sys
import time

start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
sys.stdout.write(f"{time.perf_counter() - start} {usage.ru_maxrss} {status} {usage.ru_utime + usage.ru_stime}\n")
