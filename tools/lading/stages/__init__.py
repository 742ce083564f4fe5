"""The work: functions of values and edges. Stages do not import one another."""
