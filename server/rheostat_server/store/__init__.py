"""What is kept on disk: runs, their steps in compressed chunks, commands, tokens, saved schedules."""
