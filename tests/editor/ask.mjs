// Asks the JSON language server of VS Code what it would offer and what it would underline.
// Standard input: {"modules": folder, "schema": …, "completions": [text with |], "checks": [text]}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const asked = JSON.parse(readFileSync(0, "utf-8"));
const require = createRequire(asked.modules + "/");
const { getLanguageService, TextDocument } = require("vscode-json-languageservice");
// A task names its schema by a path; whatever the path, it is this one.
const service = getLanguageService({
  schemaRequestService: async () => JSON.stringify(asked.schema),
});
service.configure({
  validate: true,
  schemas: [{ uri: "memory://task", fileMatch: ["*.json"], schema: asked.schema }],
});
const opened = (text) => {
  const document = TextDocument.create("file:///t.json", "json", 1, text);
  return [document, service.parseJSONDocument(document)];
};
const completions = [];
for (const text of asked.completions) {
  const [document, parsed] = opened(text.replace("|", ""));
  const position = document.positionAt(text.indexOf("|"));
  const found = await service.doComplete(document, position, parsed);
  completions.push(found.items.map((item) => item.label));
}
const checks = [];
for (const text of asked.checks) {
  const found = await service.doValidation(...opened(text));
  checks.push(found.map((one) => [one.range.start.line + 1, one.message]));
}
process.stdout.write(JSON.stringify({ completions, checks }));
