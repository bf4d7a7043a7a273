{{/* Labels of every object of the release; "part" is operator or node-agent. */}}
{{- define "moult.labels" -}}
app.kubernetes.io/name: moult
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "moult.selector" -}}
app.kubernetes.io/name: moult
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "moult.pullSecrets" -}}
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* An image's repository: the reference without tag and digest. */}}
{{- define "moult.repository" -}}
{{- regexReplaceAll ":[^:/]*$" (regexReplaceAll "@.*$" . "") "" }}
{{- end }}

{{/* Which images spec.vmm.image may name, as a list in CEL (which reads JSON's). */}}
{{- define "moult.vmmImages" -}}
{{- $images := .Values.admission.vmmImages }}
{{- if not $images }}
{{- range list .Values.images.vmm .Values.images.launcher .Values.images.nodeAgent .Values.images.operator }}
{{- $repository := include "moult.repository" . }}
{{- $images = concat $images (list $repository (printf "%s:*" $repository) (printf "%s@*" $repository)) }}
{{- end }}
{{- end }}
{{- uniq $images | toJson }}
{{- end }}

{{/* CEL: whether a string (first) is in a list (second) of whole strings and of beginnings that end with "*". */}}
{{- define "moult.listed" -}}
{{ index . 1 }}.exists(e, e.endsWith('*') ? {{ index . 0 }}.startsWith(e.substring(0, size(e) - 1)) : {{ index . 0 }} == e)
{{- end }}
