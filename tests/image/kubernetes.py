#!/usr/bin/python3
"""What Kubernetes makes of a file of objects.

	kubernetes.py FILE check	report what is wrong; nothing: all is well
	kubernetes.py FILE volumes DIR	write the ConfigMaps below DIR as the kubelet
					does, and print options of bundle.py
	kubernetes.py FILE probe|prestop	print the port and path, or the command
"""

import os
import re
import sys

import yaml

# The members that each object may have, as far as the example uses them: the API
# server refuses others (fieldValidation: Strict).  A list stands for items.
META = {'name': str, 'labels': dict}
SCHEMA = {
    'ConfigMap': {'apiVersion': 'v1', 'kind': str, 'metadata': META, 'data': dict},
    'Service': {'apiVersion': 'v1', 'kind': str, 'metadata': META, 'spec': {
        'selector': dict,
        'ports': [{'name': str, 'port': int, 'targetPort': str}],
    }},
    'Deployment': {'apiVersion': 'apps/v1', 'kind': str, 'metadata': META, 'spec': {
        'replicas': int,
        'selector': {'matchLabels': dict},
        'strategy': {'type': str, 'rollingUpdate': {
            'maxUnavailable': int, 'maxSurge': int}},
        'template': {'metadata': {'labels': dict}, 'spec': {
            'automountServiceAccountToken': bool,
            'enableServiceLinks': bool,
            'terminationGracePeriodSeconds': int,
            'securityContext': {
                'runAsNonRoot': bool, 'runAsUser': int, 'runAsGroup': int,
                'fsGroup': int, 'seccompProfile': {'type': str}},
            'containers': [{
                'name': str, 'image': str,
                'ports': [{'name': str, 'containerPort': int}],
                'readinessProbe': {
                    'httpGet': {'path': str, 'port': str},
                    'periodSeconds': int, 'timeoutSeconds': int,
                    'failureThreshold': int},
                'lifecycle': {'preStop': {'exec': {'command': [str]}}},
                'resources': {'requests': dict, 'limits': dict},
                'securityContext': {
                    'allowPrivilegeEscalation': bool,
                    'readOnlyRootFilesystem': bool,
                    'capabilities': {'drop': [str]}},
                'volumeMounts': [{
                    'name': str, 'mountPath': str, 'readOnly': bool}],
            }],
            'volumes': [{
                'name': str, 'configMap': {'name': str},
                'emptyDir': {'medium': str, 'sizeLimit': str}}],
        }},
    }},
}
QUANTITY = re.compile(r'[0-9]+(m|Ki|Mi|Gi)?$')


def compare(value, schema, where):
    """Report where VALUE differs from SCHEMA."""
    if isinstance(schema, dict):
        for name in value:
            if name not in schema:
                yield '%s: unknown member "%s"' % (where, name)
            else:
                yield from compare(value[name], schema[name],
                                   where + '.' + name)
    elif isinstance(schema, list):
        for item in value:
            yield from compare(item, schema[0], where + '[]')
    elif isinstance(schema, str):
        if value != schema:
            yield '%s: "%s" is not "%s"' % (where, value, schema)
    elif type(value) is not schema:
        yield '%s: %r is no %s' % (where, value, schema.__name__)


def seconds(conf, name):
    return int(re.search(r'^\s*%s\s*=\s*"([0-9]+)s"' % name, conf, re.M)[1])


def check(objects):
    for o in objects.values():
        yield from compare(o, SCHEMA[o['kind']], o['kind'])
    deployment = objects['Deployment']['spec']
    labels = deployment['template']['metadata']['labels']
    pod = deployment['template']['spec']
    container = pod['containers'][0]
    ports = {p['name'] for p in container['ports']}
    volumes = {v['name'] for v in pod['volumes']}
    conf = objects['ConfigMap']['data']['haild.conf']
    for selector in (deployment['selector']['matchLabels'],
                     objects['Service']['spec']['selector']):
        if not selector.items() <= labels.items():
            yield 'selector %s does not select the pods' % selector
    for port in [p['targetPort'] for p in objects['Service']['spec']['ports']] + [
            container['readinessProbe']['httpGet']['port']]:
        if port not in ports:
            yield 'port "%s" is not one of the container' % port
    for mount in container['volumeMounts']:
        if mount['name'] not in volumes:
            yield 'volume "%s" does not exist' % mount['name']
    for volume in pod['volumes']:
        name = volume.get('configMap', {}).get('name')
        if name not in (None, objects['ConfigMap']['metadata']['name']):
            yield 'ConfigMap "%s" does not exist' % name
    for quantities in container['resources'].values():
        for quantity in quantities.values():
            if not QUANTITY.match(quantity):
                yield 'quantity "%s"' % quantity
    needed = sum(seconds(conf, name) for name in
                 ('drain-delay', 'stop-timeout', 'kill-grace'))
    if needed >= pod['terminationGracePeriodSeconds']:
        yield 'a stop may take %d s' % needed


def volumes(objects, directory):
    """The kubelet's symbolic links let it replace all files at once."""
    pod = objects['Deployment']['spec']['template']['spec']
    container = pod['containers'][0]
    security = {**pod['securityContext'], **container['securityContext']}
    options = ['user=%d' % security['runAsUser']]
    if not security['readOnlyRootFilesystem']:
        options.append('writable')
    if security['allowPrivilegeEscalation']:
        options.append('privileges')
    if security['capabilities'] != {'drop': ['ALL']}:
        options.append('caps=CAP_CHOWN')
    if security['seccompProfile']['type'] == 'RuntimeDefault':
        options.append('seccomp')
    sources = {v['name']: v for v in pod['volumes']}
    for mount in container['volumeMounts']:
        volume = sources[mount['name']]
        if 'emptyDir' in volume:
            options.append('tmpfs=%s:mode=777' % mount['mountPath'])
            continue
        path = os.path.join(directory, mount['name'])
        os.makedirs(os.path.join(path, '..2026_01_01'))
        os.symlink('..2026_01_01', os.path.join(path, '..data'))
        for name, text in objects['ConfigMap']['data'].items():
            with open(os.path.join(path, '..data', name), 'w') as file:
                file.write(text)
            os.symlink('..data/' + name, os.path.join(path, name))
        options.append('mount=%s:%s' % (path, mount['mountPath']))
    print(' '.join(options))


def main():
    with open(sys.argv[1]) as file:
        objects = {o['kind']: o for o in yaml.safe_load_all(file)}
    pod = objects['Deployment']['spec']['template']['spec']
    container = pod['containers'][0]
    if sys.argv[2] == 'check':
        for fault in check(objects):
            print(fault)
    elif sys.argv[2] == 'volumes':
        volumes(objects, sys.argv[3])
    elif sys.argv[2] == 'probe':
        get = container['readinessProbe']['httpGet']
        ports = {p['name']: p['containerPort'] for p in container['ports']}
        print('%d%s' % (ports[get['port']], get['path']))
    elif sys.argv[2] == 'prestop':
        print(' '.join(container['lifecycle']['preStop']['exec']['command']))


main()
