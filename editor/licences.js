// Writes the licences of everything that goes into the bundle beside it.
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const parts = Object.entries(lock.packages)
  .filter(([path, one]) => path && !one.dev)
  .map(([path, one]) => `${path.replace("node_modules/", "")} ${one.version} (${one.license})\n\n${readFileSync(`${path}/LICENSE`, "utf8").trim()}\n`);
writeFileSync(process.argv[2], parts.join(`\n${"-".repeat(80)}\n\n`));
