"""Run by QGIS's own Python: opens a layer as QGIS does and tells, as JSON, what it found.

    python3 qgis_reads.py ADDRESS LAYER FILTER
"""

import json
import sys

from qgis.core import QgsApplication, QgsFeatureRequest, QgsVectorLayer

address, name, subset = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer(f"url='{address}' typename='{name}'", name, "OAPIF")
told = {
    "valid": layer.isValid(),
    "crs": layer.crs().authid(),
    "fields": [field.name() for field in layer.fields()],
    "features": sum(1 for _ in layer.getFeatures()),
    "filtered": sum(1 for _ in layer.getFeatures(QgsFeatureRequest().setFilterExpression(subset))),
}
print(json.dumps(told))
del layer  # before what it rests on: else QGIS crashes at the end
application.exitQgis()
