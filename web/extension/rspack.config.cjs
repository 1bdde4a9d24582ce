// By default one module id depends on the absolute path of the tree, and so the entry's name; with natural
// ids two checkouts give identical files.
module.exports = { optimization: { moduleIds: 'natural' } };
