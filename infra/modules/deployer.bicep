// The identity that deploys: who may sign in as it without any secret, and the little it may do.
param name string
param location string
param functionAppName string
param releaseAccountName string
param releaseContainerName string
param azureDevOpsIssuer string
param azureDevOpsSubject string
param githubIssuer string
param githubRepository string
param githubEnvironment string
param tags object

// The narrowest built-in role that may publish to an app; it also reads and writes its settings.
var appRoles = {
  'Website Contributor': 'de139f84-1756-47ae-9be6-808fbbe84772'
}
var releaseRoles = {
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
}
// To sign the URL of one package for some minutes, with which Azure fetches it where the pipeline does
// not reach the SCM site. It opens nothing that the role above does not.
var signingRoles = {
  'Storage Blob Delegator': 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
}
var audience = 'api://AzureADTokenExchange'

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: functionAppName
}

resource releaseAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: releaseAccountName
}

resource releaseBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' existing = {
  parent: releaseAccount
  name: 'default'
}

resource releaseContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: releaseBlobs
  name: releaseContainerName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

resource azureDevOps 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = if (!empty(azureDevOpsSubject)) {
  parent: identity
  name: 'azure-devops'
  properties: {
    issuer: azureDevOpsIssuer
    subject: azureDevOpsSubject
    audiences: [
      audience
    ]
  }
}

// An identity takes one of these at a time; two at once are refused.
resource github 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = if (!empty(githubRepository)) {
  parent: identity
  name: 'github'
  properties: {
    issuer: githubIssuer
    subject: 'repo:${githubRepository}:environment:${githubEnvironment}'
    audiences: [
      audience
    ]
  }
  dependsOn: [
    azureDevOps
  ]
}

resource appAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(appRoles): {
    scope: app
    name: guid(app.id, identity.id, role.value)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      description: role.key
    }
  }
]

resource releaseAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(releaseRoles): {
    scope: releaseContainer
    name: guid(releaseContainer.id, identity.id, role.value)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      description: role.key
    }
  }
]

resource signingAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(signingRoles): {
    scope: releaseAccount
    name: guid(releaseAccount.id, identity.id, role.value)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      description: role.key
    }
  }
]

output clientId string = identity.properties.clientId
