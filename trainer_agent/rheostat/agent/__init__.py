"""The agent: what watches and steers the lr from inside a training job."""
