// The app settings that the infrastructure owns, put among those that are there: writing app settings
// replaces all of them, and the others belong to `lading settings` or to somebody else.
param functionAppName string

@description('The settings of the app as it is. They may hold secrets.')
@secure()
param current object

@description('The settings that the infrastructure owns.')
param own object

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: functionAppName
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: union(current, own)
}
