// One Function App as a team would have it. Copy it for each target; nothing in it is a secret.
using 'main.bicep'

param name = 'orders-prod'
param pythonVersion = '3.13'

// As the service connection shows them when it is kept as a draft (README.md).
param azureDevOpsIssuer = 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0'
param azureDevOpsSubject = '/eid1/c/pub/t/AAAAAAAAAAAAAAAAAAAAAA/a/AAAAAAAAAAAAAAAAAAAAAA/sc/00000000-0000-0000-0000-000000000000/00000000-0000-0000-0000-000000000000'

// As `gh api repos/acme/orders/actions/oidc/customization/sub` shows it, without `repo:`.
param githubRepository = 'acme@1234567/orders@89012345'
param githubEnvironment = 'production'
