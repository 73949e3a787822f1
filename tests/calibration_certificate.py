"""Write a digital calibration certificate as a laboratory would send it, of PTB's schema, version 3."""

CERTIFICATE = """\
<?xml version="1.0" encoding="UTF-8"?>
<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc" schemaVersion="3.2.1">
  <dcc:administrativeData>
    <dcc:dccSoftware>
      <dcc:software>
        <dcc:name><dcc:content>an editor</dcc:content></dcc:name>
        <dcc:release>1</dcc:release>
      </dcc:software>
    </dcc:dccSoftware>
    <dcc:coreData>
      <dcc:countryCodeISO3166_1>DE</dcc:countryCodeISO3166_1>
      <dcc:usedLangCodeISO639_1>en</dcc:usedLangCodeISO639_1>
      <dcc:mandatoryLangCodeISO639_1>en</dcc:mandatoryLangCodeISO639_1>
      <dcc:uniqueIdentifier> TL-2025-0417 </dcc:uniqueIdentifier>
      <dcc:beginPerformanceDate>2025-06-10</dcc:beginPerformanceDate>
      <dcc:endPerformanceDate>2025-06-12</dcc:endPerformanceDate>
      <dcc:performanceLocation>laboratory</dcc:performanceLocation>
    </dcc:coreData>
    <dcc:items>
      <dcc:item>
        <dcc:name><dcc:content lang="en">Oscilloscope</dcc:content></dcc:name>
        <dcc:manufacturer><dcc:name><dcc:content>Keysight</dcc:content></dcc:name></dcc:manufacturer>
        <dcc:model>DSO-X 1204A</dcc:model>
        <dcc:identifications>
          <dcc:identification>
            <dcc:issuer>customer</dcc:issuer>
            <dcc:value>inventory 7</dcc:value>
          </dcc:identification>
          <dcc:identification>
            <dcc:issuer>manufacturer</dcc:issuer>
            <dcc:value>CN00000001</dcc:value>
          </dcc:identification>
        </dcc:identifications>
      </dcc:item>
    </dcc:items>
    <dcc:calibrationLaboratory>
      <dcc:contact>
        <dcc:name><dcc:content lang="en">Time Laboratory</dcc:content></dcc:name>
      </dcc:contact>
    </dcc:calibrationLaboratory>
    <dcc:respPersons/>
    <dcc:customer/>
  </dcc:administrativeData>
  <dcc:measurementResults/>
</dcc:digitalCalibrationCertificate>
"""
