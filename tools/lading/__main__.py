"""`python -m lading`: the same as the console script."""

from lading.tasks import main

main()
