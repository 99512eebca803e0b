"""A bookkeeper's own commands, beside what tenants, orders and energy bring about by themselves."""
