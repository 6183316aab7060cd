"""The tasks, one file each: file = function = name."""
