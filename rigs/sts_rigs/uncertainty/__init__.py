"""How uncertain what a bench measures is: components, their combination by the GUM, and the usual budgets."""
