"""What is to be done: the inbox, the diary, its calendar."""
