"""Host tools of qsota: build, inspect, simulate, provision."""
