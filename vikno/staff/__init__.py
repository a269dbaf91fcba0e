"""Who works here: agents, their roles, teams."""
