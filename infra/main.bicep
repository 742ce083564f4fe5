// A Function App on Flex Consumption without a stored secret: its storage, its logs, the identity
// that it runs as, and the identity that deploys it.
targetScope = 'resourceGroup'

@description('The name of the Function App. It is part of its address, so it must be free in all of Azure.')
@minLength(2)
@maxLength(40)
param name string

param location string = resourceGroup().location

@description('The Python of the Function App: `python` of the app in pyproject.toml.')
@allowed(['3.10', '3.11', '3.12', '3.13', '3.14'])
param pythonVersion string

@description('Memory of one instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('The issuer that the service connection of Azure DevOps shows.')
param azureDevOpsIssuer string = ''

@description('The subject identifier that the service connection shows. Empty: Azure DevOps does not deploy.')
param azureDevOpsSubject string = ''

@description('OWNER/REPO, or OWNER@ID/REPO@ID where GitHub puts its ids into its tokens. Empty: GitHub does not deploy.')
param githubRepository string = ''

@description('The environment whose jobs may deploy: its reviewers and branch rules guard the app.')
param githubEnvironment string = 'production'

@description('Another one on GitHub Enterprise.')
param githubIssuer string = 'https://token.actions.githubusercontent.com'

@description('Tags of every resource.')
param tags object = {}

// Derived from the resource group and the name alone: the same again whenever it is deployed again.
var token = uniqueString(resourceGroup().id, name)

module monitoring 'modules/monitoring.bicep' = {
  name: '${name}-monitoring'
  params: {
    name: name
    location: location
    tags: tags
  }
}

// The host's own storage, where Flex Consumption keeps the package that runs.
module hostStorage 'modules/storage.bicep' = {
  name: '${name}-host-storage'
  params: {
    name: 'host${token}'
    container: 'app-package'
    location: location
    tags: tags
  }
}

// Earlier releases, for a rollback. An account of its own: the app has no right here, so an app that
// was broken into cannot change what a rollback would bring back.
module releaseStorage 'modules/storage.bicep' = {
  name: '${name}-release-storage'
  params: {
    name: 'releases${token}'
    container: 'releases'
    location: location
    tags: tags
  }
}

module app 'modules/app.bicep' = {
  name: '${name}-app'
  params: {
    name: name
    location: location
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    storageAccountName: hostStorage.outputs.name
    packageContainerUrl: hostStorage.outputs.containerUrl
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    tags: tags
  }
}

module deployer 'modules/deployer.bicep' = {
  name: '${name}-deployer'
  params: {
    name: '${name}-deployer'
    location: location
    functionAppName: app.outputs.name
    releaseAccountName: releaseStorage.outputs.name
    releaseContainerName: releaseStorage.outputs.containerName
    azureDevOpsIssuer: azureDevOpsIssuer
    azureDevOpsSubject: azureDevOpsSubject
    githubIssuer: githubIssuer
    githubRepository: githubRepository
    githubEnvironment: githubEnvironment
    tags: tags
  }
}

// What a target in pyproject.toml needs: `target` is the lines to put there.
output target string = join([
  'subscription = "${subscription().subscriptionId}"'
  'resource-group = "${resourceGroup().name}"'
  'function-app = "${app.outputs.name}"'
  'packages = "${releaseStorage.outputs.containerUrl}"'
], '\n')
output subscription string = subscription().subscriptionId
output resourceGroup string = resourceGroup().name
output functionApp string = app.outputs.name

// What a service connection or a GitHub environment needs. None of it is a secret.
output clientId string = deployer.outputs.clientId
output tenantId string = tenant().tenantId

output hostName string = app.outputs.hostName
output releaseContainerUrl string = releaseStorage.outputs.containerUrl
