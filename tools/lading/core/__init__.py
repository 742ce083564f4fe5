"""The thought: values and decisions. No I/O, no clock, no environment, no printing."""
