"""The web door: public pages, readers' forms, feeds from memory. Calls steps and shows results."""
