// SPDX-License-Identifier: Apache-2.0
// An informer of Hardware that tells what it sees, a line each, until its
// standard input ends.
//
//	node informer.mjs NODE_MODULES KUBECONFIG
import { createRequire } from "node:module";

const [, , modules, kubeconfig] = process.argv;
const k8s = createRequire(modules + "/")("@kubernetes/client-node");
const config = new k8s.KubeConfig();

config.loadFromFile(kubeconfig);
const api = config.makeApiClient(k8s.CustomObjectsApi);
const where = {
	group: "tinkerbell.org",
	version: "v1alpha1",
	namespace: "default",
	plural: "hardware",
};
const informer = k8s.makeInformer(
	config,
	"/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware",
	() => api.listNamespacedCustomObject(where),
);
let left = false;

for (const verb of ["add", "update", "delete"])
	informer.on(verb, (object) => {
		const labels = JSON.stringify(object.metadata.labels ?? {});

		console.log(verb, object.metadata.name, labels);
	});
informer.on("connect", () => console.log("connect"));
informer.on("error", (error) => {
	console.log("error", error?.statusCode ?? error?.code ?? error);
	if (!left)
		setTimeout(() => informer.start(), 100);
});
process.stdin.on("end", () => {
	left = true;
	informer.stop();
	process.exit(0);
});
process.stdin.resume();
await informer.start();
