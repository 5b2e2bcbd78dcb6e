"""What the window shows in training alone: loaded there and nowhere else."""
